"""The inner loops that numba cannot be talked into: blocks of a matrix product whose sums stay in registers.

They are written in the compiler's own language, and become part of the kernels that call them. Two kinds of numbers
are multiplied, told apart by the arrays' type:

- float32, on any processor;
- 16 bit integers, two to a uint32 with the earlier in the lower half, where the processor multiplies two pairs and adds
  the products in one instruction (AVX2 and all that came after): twice as fast. Sums have 32 bits, of which a sine
  needs those below a whole turn: what flows over is nothing but whole turns.

numba keeps compiled kernels per processor, so what is chosen here by the processor's features is chosen there too.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_FEATURES = llvm.get_host_cpu_features()
_WIDE = bool(_FEATURES.get("avx512bw"))
PAIRS = bool(_FEATURES.get("avx2"))  # pairs of integers can be multiplied here

# A block has as many sums as registers hold besides what is being multiplied.
LANES = 16 if _WIDE else 8
_VECTORS = 2
ROWS, COLUMNS = 12 if _WIDE else 6, _VECTORS * LANES

# What 1 is as a 16 bit integer, and the bits of a sum that make a turn at most.
UNIT, TURN_BITS = 32767, 32

# sin(2 pi r) for r in -0.5..0.5 as an odd polynomial, lowest power first, fitted for the least largest error: 6e-6.
SINE = (6.28305580, -41.3312143, 81.3668146, -74.4780005, 32.7813926)

# Added to a float of at most 22 bits, this leaves the nearest integer in the sum's lowest bits.
_ROUNDING = 1.5 * 2**23

_FLOAT, _SHORT, _WORD, _INDEX = ir.FloatType(), ir.IntType(16), ir.IntType(32), ir.IntType(64)
_FLOATS, _SHORTS, _WORDS = (ir.VectorType(kind, LANES) for kind in (_FLOAT, _SHORT, _WORD))
_MULTIPLY_PAIRS = "llvm.x86.avx512.pmaddw.d.512" if _WIDE else "llvm.x86.avx2.pmadd.wd"


def _block(vectors: int, bend: bool) -> Any:
    """Return what multiplies ROWS rows with a panel of `vectors` times LANES columns; bent: the sine of the turns."""

    @intrinsic  # type: ignore[untyped-decorator]
    def block(
        _: Any,
        rows: Any,
        first: Any,
        panels: Any,
        panel: Any,
        steps: Any,
        biases: Any,
        bits: Any,
        out: Any,
        at: Any,
        column: Any,
    ) -> tuple[Any, Any]:
        """out[at + r, column + c] = rows[first + r, :steps] @ panels[panel, :steps, c] + biases[panel, c].

        Args:
            _: numba's own.
            rows: 2-D, at least first + ROWS rows and steps columns; uint32 means pairs, otherwise float32.
            first: int64.
            panels: 3-D, the same type.
            panel: int64.
            steps: int64, at least 1.
            biases: 2-D int32 for pairs, otherwise float32.
            bits: int64; of pairs, 2 to this power is 1 in the sums. At most TURN_BITS.
            out: 2-D with room for a whole block; int16 means shares of UNIT, otherwise float32.
            at: int64.
            column: int64.
        """

        def generate(context: Any, b: Any, signature: Any, given: Any) -> Any:
            def array(n: int) -> Any:
                return context.make_array(signature.args[n])(context, b, given[n])

            bias, target = _Rows(b, array(5)), _Rows(b, array(7))
            paired, short = signature.args[0].dtype == types.uint32, signature.args[7].dtype == types.int16
            begin = [
                b.load(bias.place(given[3], _INDEX(n * LANES), _WORDS if paired else _FLOATS), align=4)
                for n in range(vectors)
            ]
            sums = _sums(b, array(0), given[1], array(2), given[3], given[4], begin)
            finish = _turned if bend else _scaled
            for (row, n), value in sums.items():
                value = finish(b, value, given[6]) if paired else value
                value = _sine(b, value if paired else _fraction(b, value), short) if bend else value
                place = b.add(given[8], _INDEX(row)), b.add(given[9], _INDEX(n * LANES))
                b.store(value, target.place(*place, value.type), align=2 if short else 4)
            return context.get_dummy_value()

        index = types.int64
        return types.void(rows, index, panels, index, index, biases, index, out, index, index), generate

    return block


sine_block = _block(_VECTORS, bend=True)
linear_block = _block(_VECTORS, bend=False)
narrow_block = _block(1, bend=False)


@intrinsic  # type: ignore[untyped-decorator]
def kept(_: Any, value: Any, like: Any) -> tuple[Any, Any]:
    """Return a float32 in -1..1 as an array keeps it: int16 means shares of UNIT, float32 the number itself."""
    short = like.dtype == types.int16

    def generate(_: Any, b: Any, __: Any, given: Any) -> Any:
        if not short:
            return given[0]
        rounded = b.fadd(b.fmul(given[0], _FLOAT(UNIT)), _FLOAT(_ROUNDING))
        return b.trunc(b.bitcast(rounded, _WORD), _SHORT)

    return like.dtype(types.float32, like), generate


@intrinsic  # type: ignore[untyped-decorator]
def taken(_: Any, counter: Any, amount: Any) -> tuple[Any, Any]:
    """Add to counter[0] (int64) and return what it was, whatever other threads do."""

    def generate(context: Any, b: Any, signature: Any, given: Any) -> Any:
        place = context.make_array(signature.args[0])(context, b, given[0]).data
        return b.atomic_rmw("add", place, given[1], "monotonic")

    return types.int64(counter, types.int64), generate


class _Rows:
    """Places in an array whose last axis is dense."""

    def __init__(self, b: Any, array: Any) -> None:
        self._b, self._start = b, b.ptrtoint(array.data, _INDEX)
        self.pitch, self._size = b.extract_value(array.strides, 0), array.itemsize

    def place(self, row: Any, column: Any, kind: Any) -> Any:
        """Return a pointer to where [row, column] lies."""
        b = self._b
        offset = b.add(b.mul(row, self.pitch), b.mul(column, self._size))
        return b.inttoptr(b.add(self._start, offset), kind.as_pointer())


def _sums(
    b: Any, left: Any, first: Any, right: Any, panel: Any, steps: Any, begin: list[Any]
) -> dict[tuple[int, int], Any]:
    """Emit the loop over steps; return a vector of sums per row and vector. `begin` is what each starts from."""
    rows, panels = _Rows(b, left), _Rows(b, right)
    vectors, vector = len(begin), begin[0].type
    element, multiply = (_WORD, _paired) if vector == _WORDS else (_FLOAT, _fused)
    starts = [
        b.ptrtoint(rows.place(b.add(first, _INDEX(row)), _INDEX(0), element), _INDEX) for row in range(ROWS)
    ]
    base = b.ptrtoint(panels.place(panel, _INDEX(0), element), _INDEX)
    cells = [(row, n) for row in range(ROWS) for n in range(vectors)]

    before, loop = b.block, b.append_basic_block("block.loop")
    b.branch(loop)
    b.position_at_end(loop)
    step = b.phi(_INDEX)
    held = {cell: b.phi(vector) for cell in cells}
    line = b.add(base, b.mul(step, _INDEX(4 * LANES * vectors)))
    factors = [_load(b, vector, b.add(line, _INDEX(4 * LANES * n))) for n in range(vectors)]
    offset = b.mul(step, _INDEX(4))
    new = {}
    for row, start in enumerate(starts):
        value = _spread(b, _load(b, element, b.add(start, offset)), vector)
        for n in range(vectors):
            new[row, n] = multiply(b, value, factors[n], held[row, n])
    following = b.add(step, _INDEX(1))
    for phi, start, go_on in [
        (step, _INDEX(0), following),
        *((held[row, n], begin[n], new[row, n]) for row, n in cells),
    ]:
        phi.add_incoming(start, before)
        phi.add_incoming(go_on, loop)
    done = b.append_basic_block("block.done")
    b.cbranch(b.icmp_signed("<", following, steps), loop, done)
    b.position_at_end(done)
    return new


def _turned(b: Any, total: Any, bits: Any) -> Any:
    """Return which part of a turn, -0.5..0.5, an integer sum is."""
    over = b.sub(_WORD(TURN_BITS), b.trunc(bits, _WORD))
    part = b.sitofp(b.shl(total, _spread(b, over, _WORDS)), _FLOATS)
    return b.fmul(part, _constant(2.0**-TURN_BITS))


def _scaled(b: Any, total: Any, bits: Any) -> Any:
    """Return an integer sum as what it stands for."""
    power = b.shl(b.sub(_WORD(127), b.trunc(bits, _WORD)), _WORD(23))
    return b.fmul(b.sitofp(total, _FLOATS), _spread(b, b.bitcast(power, _FLOAT), _FLOATS))


def _fraction(b: Any, turns: Any) -> Any:
    """Return turns without whole ones."""
    return b.fsub(turns, _vector_call(b, "rint", turns))


def _sine(b: Any, r: Any, short: bool) -> Any:
    """Return sines of parts of a turn: floats, or shares of UNIT in 16 bits."""
    factors = [factor * UNIT for factor in SINE] if short else SINE
    q = b.fmul(r, r)
    value = _constant(factors[-1])
    for factor in factors[-2::-1]:
        value = _fused(b, value, q, _constant(factor))
    if not short:
        return b.fmul(value, r)
    return b.trunc(b.bitcast(_fused(b, value, r, _constant(_ROUNDING)), _WORDS), _SHORTS)


def _fused(b: Any, x: Any, y: Any, z: Any) -> Any:
    return _vector_call(b, "fma", x, y, z)


def _paired(b: Any, x: Any, y: Any, z: Any) -> Any:
    halves = ir.VectorType(_SHORT, 2 * LANES)
    kind = ir.FunctionType(_WORDS, [halves, halves])
    multiply = cgutils.get_or_insert_function(b.module, kind, _MULTIPLY_PAIRS)
    return b.add(z, b.call(multiply, [b.bitcast(x, halves), b.bitcast(y, halves)]))


def _vector_call(b: Any, name: str, *given: Any) -> Any:
    kind = ir.FunctionType(_FLOATS, [_FLOATS] * len(given))
    return b.call(cgutils.get_or_insert_function(b.module, kind, f"llvm.{name}.v{LANES}f32"), given)


def _constant(value: float) -> Any:
    return ir.Constant(_FLOATS, [value] * LANES)


def _load(b: Any, kind: Any, place: Any) -> Any:
    return b.load(b.inttoptr(place, kind.as_pointer()), align=4)


def _spread(b: Any, value: Any, vector: Any) -> Any:
    """Return a vector with the value in every lane."""
    nothing = ir.Constant(vector, ir.Undefined)
    one = b.insert_element(nothing, value, _WORD(0))
    return b.shuffle_vector(one, nothing, ir.Constant(_WORDS, None))
