"""Published weights into networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

State = Mapping[str, NDArray[Any] | Tensor]
"""A network's weights by their published keys."""

Network = TypeVar("Network", bound=nn.Module)


def with_weights(network: Network, state: State) -> Network:
    """Return the network with weights: all of them, and no others.

    Args:
        network: changed; its numbers keep their type, whatever the weights' is.
        state: key -> array or tensor.

    Raises:
        RuntimeError: keys or shapes differ.
    """
    tensors = {key: torch.as_tensor(value) for key, value in state.items()}
    network.load_state_dict(tensors, strict=True)
    return network


def eager(network: Network, state: State, dtype: torch.dtype, device: str | torch.device) -> Network:
    """Return the network with weights, ready to run as it is; with_weights() says more."""
    return with_weights(network, state).to(device, dtype).eval()
