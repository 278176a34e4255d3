"""Published weights into networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def with_weights(network: Network, state: Mapping[str, Any]) -> Network:
    """Return the network with weights by their published keys: all of them, and no others.

    Args:
        network: changed; its numbers keep their type, whatever the weights' is.
        state: key -> array or tensor.

    Raises:
        RuntimeError: keys or shapes differ.
    """
    tensors = {key: torch.as_tensor(value) for key, value in state.items()}
    network.load_state_dict(tensors, strict=True)
    return network
