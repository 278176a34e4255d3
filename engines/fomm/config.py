"""The numbers that make one First Order Motion Model out of the architecture, and those of the published ones.

Paper: Siarohin, Lathuiliere, Tulyakov, Ricci, Sebe: First Order Motion Model for Image Animation, NeurIPS 2019.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class HourglassConfig:
    """Channels and depth of an encoder-decoder network.

    Attributes:
        block_expansion: channels at full resolution; they double with every level.
        max_features: where the doubling ends.
        num_blocks: levels, each half the size of the one before.
    """

    block_expansion: int
    max_features: int
    num_blocks: int

    def channels(self, level: int) -> int:
        """Channels at a level; level 0 is the full resolution."""
        return min(self.max_features, self.block_expansion << level)


@dataclass(frozen=True)
class KeypointConfig:
    """The keypoint detector.

    Attributes:
        hourglass: its network.
        temperature: of the softmax over a keypoint's map; small values make sharp maps.
        scale: the picture is worked on at this fraction of its size.
        single_jacobian_map: all keypoints share one map of Jacobians.
    """

    hourglass: HourglassConfig = HourglassConfig(32, 1024, 5)
    temperature: float = 0.1
    scale: float = 0.25
    single_jacobian_map: bool = False


@dataclass(frozen=True)
class DenseMotionConfig:
    """The network that blends the keypoints' motions into one flow.

    Attributes:
        hourglass: its network.
        scale: the flow has this fraction of the picture's size.
        variance: of the Gaussians that stand for keypoints, in the picture's [-1, 1] coordinates.
    """

    hourglass: HourglassConfig = HourglassConfig(64, 1024, 5)
    scale: float = 0.25
    variance: float = 0.01


@dataclass(frozen=True)
class GeneratorConfig:
    """The network that paints the picture.

    Attributes:
        block_expansion: channels at full resolution; they double with every level.
        max_features: where the doubling ends.
        num_down_blocks: levels down to where the features are warped, and up again.
        num_bottleneck_blocks: residual blocks between.
        occlusion: warped features are dimmed where the source shows nothing to take.
    """

    block_expansion: int = 64
    max_features: int = 512
    num_down_blocks: int = 2
    num_bottleneck_blocks: int = 6
    occlusion: bool = True

    def channels(self, level: int) -> int:
        """Channels at a level; level 0 is the full resolution."""
        return min(self.max_features, self.block_expansion << level)


@dataclass(frozen=True)
class DiscriminatorConfig:
    """The network that judges pictures in training; nothing else needs it.

    Attributes:
        scales: one network for each of these sizes of the picture, as the key names it: 1 is the whole size.
        block_expansion: half the channels of the first block.
        max_features: where the doubling ends.
        num_blocks: blocks, each half the size of the one before.
        spectral_norm: every weight is divided by its largest singular value.
        sees_keypoints: it gets the keypoints' Gaussians beside the picture.
    """

    scales: tuple[float, ...] = (1,)
    block_expansion: int = 32
    max_features: int = 512
    num_blocks: int = 4
    spectral_norm: bool = False
    sees_keypoints: bool = False


@dataclass(frozen=True)
class FommConfig:
    """A whole model.

    Attributes:
        name: as the publisher calls it, or what engines.fomm.recognise says of one nobody published.
        size: side of the square pictures it was trained with, pixels.
        num_kp: keypoints, K.
        num_channels: of a picture.
        jacobian: keypoints carry a local affine map (first order); otherwise a place only (order zero).
        keypoints: the detector.
        dense_motion: the flow.
        generator: the painter.
        discriminator: the judge, for training.
    """

    name: str
    size: int = 256
    num_kp: int = 10
    num_channels: int = 3
    jacobian: bool = True
    keypoints: KeypointConfig = field(default_factory=KeypointConfig)
    dense_motion: DenseMotionConfig = field(default_factory=DenseMotionConfig)
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)

    @property
    def small(self) -> int:
        """Side of the flow and of the keypoint detector's picture, pixels."""
        return round(self.size * self.dense_motion.scale)


_WITH_KEYPOINTS = DiscriminatorConfig(sees_keypoints=True)
_WITH_SPECTRAL_NORM = DiscriminatorConfig(spectral_norm=True)

# The eight published configurations differ in the discriminator alone, but for mgif-256's shared Jacobian map.
CONFIGS: dict[str, FommConfig] = {
    config.name: config
    for config in (
        FommConfig("vox-256", discriminator=_WITH_SPECTRAL_NORM),
        FommConfig("vox-adv-256", discriminator=_WITH_KEYPOINTS),
        FommConfig("taichi-256"),
        FommConfig("taichi-adv-256", discriminator=_WITH_KEYPOINTS),
        FommConfig("fashion-256"),
        FommConfig(
            "mgif-256",
            keypoints=KeypointConfig(single_jacobian_map=True),
            discriminator=_WITH_SPECTRAL_NORM,
        ),
        FommConfig("bair-256", discriminator=_WITH_SPECTRAL_NORM),
        FommConfig("nemo-256", discriminator=_WITH_SPECTRAL_NORM),
    )
}
