"""What executes a network graph: PyTorch, ONNX Runtime, OpenVINO, TensorRT. Chosen by what the machine has."""
