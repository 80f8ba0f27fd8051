"""The table of GPU types: what ships can be believed, and what cannot be is refused with a cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.gpu_table import GPUTable, UnknownGPU, load_gpus, parse_gpus
from hardware.located_yaml import Problem, TableError
from hardware.specs import Confidence, Dtype, Figure, GPUSpec

TABLE = """\
schema: 1
sources:
  sheet: {title: A data sheet, url: "https://example.com/sheet"}
gpus:
  card-one:
    name: Card One
    vendor: Maker
    architecture: First
    memory_gb: {value: 80, source: sheet}
    memory_bandwidth_gb_per_s: {value: 2000, source: sheet}
    dense_tflops:
      bf16: {with_sparsity: 1979, source: sheet}
      fp8: {value: 1979, source: sheet}
    power_w: {value: 700, source: sheet, derived: a tenth of a node's}
    nvml_names: [NVIDIA Card One]
"""


@pytest.fixture(scope="module")
def table() -> GPUTable:
    """The one that ships."""
    return load_gpus()


def parsed(text: str) -> dict[str, GPUSpec]:
    return dict(parse_gpus(text.encode(), "gpus.yaml").specs)


def refusal(text: str) -> str:
    with pytest.raises(TableError) as refused:
        parsed(text)
    return str(refused.value)


def problems(content: bytes) -> tuple[Problem, ...]:
    try:
        parse_gpus(content, "gpus.yaml")
    except TableError as error:
        return error.problems
    return ()


def figures(spec: GPUSpec) -> list[Figure]:
    link = spec.interconnect
    known = (
        spec.memory_bytes,
        spec.memory_bandwidth_bytes_per_s,
        spec.power_w,
        None if link is None else link.bytes_per_s,
        *spec.dense_flops_per_s.values(),
    )
    return [figure for figure in known if figure is not None]


def test_the_types_that_buyers_ask_about_are_there(table: GPUTable) -> None:
    types = table.specs
    asked = "a100-40-sxm a100-80-sxm h100-sxm h100-pcie h100-nvl h200-sxm b200 l4 l40s a10 t4"
    asked += " rtx-4090 rtx-6000-ada rtx-pro-6000-server rtx-pro-6000-workstation mi300x"
    assert set(asked.split()) <= set(types)


def test_every_figure_that_ships_says_who_says_so(table: GPUTable) -> None:
    for spec in table.specs.values():
        for figure in figures(spec):
            assert figure.source
            assert figure.value > 0
            # Nobody's own measurement is a data sheet.
            assert figure.confidence is not Confidence.MEASURED


def test_what_ships_agrees_with_published_reference_points(table: GPUTable) -> None:
    """GB, TB/s, dense TFLOP/s in bf16 and fp8, W: others' summary of the same sheets."""
    points = {
        "a100-80-sxm": (80, 2.039, 312, None, 400),
        "h100-sxm": (80, 3.35, 989, 1979, 700),
        "h200-sxm": (141, 4.8, 989, 1979, 700),
        "b200": (180, 8.0, 2250, 4500, 1000),
        "l40s": (48, 0.864, 362, 733, 350),
        "l4": (24, 0.30, 121, 242, 72),
        "mi300x": (192, 5.3, 1307, 2615, 750),
    }
    types = table.specs
    for gpu_id, (memory_gb, bandwidth_tb_per_s, bf16, fp8, power_w) in points.items():
        spec = types[gpu_id]
        rates = spec.dense_flops_per_s
        assert spec.memory_bytes is not None
        assert spec.memory_bandwidth_bytes_per_s is not None
        assert spec.power_w is not None
        assert spec.memory_bytes.value == memory_gb * 1e9
        assert spec.memory_bandwidth_bytes_per_s.value == pytest.approx(bandwidth_tb_per_s * 1e12)
        assert rates[Dtype.BF16].value == pytest.approx(bf16 * 1e12, rel=0.002)
        assert (Dtype.FP8 in rates) == (fp8 is not None)
        if fp8 is not None:
            assert rates[Dtype.FP8].value == pytest.approx(fp8 * 1e12, rel=0.003)
        assert spec.power_w.value == power_w


def test_ray_places_replicas_under_the_name_that_the_table_has(table: GPUTable) -> None:
    """Ray makes the name from NVML's; where the two disagree a replica would never be placed."""
    from ray._private.accelerators.nvidia_gpu import NvidiaGPUAcceleratorManager

    ray_name = NvidiaGPUAcceleratorManager._gpu_name_to_accelerator_type
    for spec in table.specs.values():
        for name in spec.nvml_names:
            assert ray_name(name) == spec.accelerator_type


def test_a_sparse_rate_is_halved_and_called_derived() -> None:
    rates = parsed(TABLE)["card-one"].dense_flops_per_s
    assert rates[Dtype.BF16].value == 989.5e12
    assert rates[Dtype.BF16].confidence is Confidence.DERIVED
    assert rates[Dtype.BF16].source.startswith("half of the 1,979 stated with sparsity; A data")
    assert rates[Dtype.FP8] == Figure(
        1979e12, "A data sheet, https://example.com/sheet", Confidence.DATASHEET
    )


def test_what_is_not_written_is_unknown() -> None:
    spec = parsed(TABLE)["card-one"]
    assert spec.interconnect is None
    assert spec.accelerator_type is None
    assert Dtype.FP4 not in spec.dense_flops_per_s


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("memory_gb:", "memory_gib:", 9, "unknown key `gpus.card-one.memory_gib`"),
        ("    vendor: Maker\n", "", 5, "`gpus.card-one.vendor` is missing"),
        ("value: 80,", 'value: "80",', 9, "`gpus.card-one.memory_gb.value` is not valid"),
        ("value: 80,", "value: -80,", 9, "greater than 0"),
        ("value: 80,", "value: 80, with_sparsity: 160,", 9, "have one of `value`"),
        ("value: 80, source: sheet", "value: 80, source: leaflet", 9, "not under `sources`"),
        ("{value: 1979,", "{value: 3958,", 13, "3958 dense TFLOP/s in fp8 are more than 2 x"),
        ("fp8:", "fp9:", 13, "`gpus.card-one.dense_tflops.fp9` is not valid"),
        ("    name: Card One", "    name: Card One\n    name: Card 1", 7, "already on line 6"),
        ("card-one:", "Card One:", 5, "is not valid"),
        ("schema: 1", "schema: 2", 1, "a version that this release does not read"),
        ("schema: 1\n", "", 1, "`schema` is missing"),
        ("[NVIDIA Card One]", "[NVIDIA Card One", 16, "expected"),
        ("https://example", "http://example", 3, "is not valid"),
    ],
)
def test_a_table_that_cannot_be_believed_names_file_line_and_cure(
    old: str, new: str, line: int, said: str
) -> None:
    assert old in TABLE
    text = refusal(TABLE.replace(old, new, 1))
    assert f"gpus.yaml:{line}: " in text
    assert said in text
    assert "\n  cure: " in text


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = refusal(TABLE.replace("vendor: Maker", "seller: Maker"))
    assert "unknown key `gpus.card-one.seller`" in text
    assert "`gpus.card-one.vendor` is missing" in text


def test_two_types_cannot_have_one_name_and_one_size() -> None:
    card = TABLE[TABLE.index("  card-one:") :]
    twin = card.replace("card-one", "card-two")
    assert "card-one has the same name and memory" in refusal(TABLE + twin)
    other_size = twin.replace("value: 80", "value: 40")
    assert set(parsed(TABLE + other_size)) == {"card-one", "card-two"}


def test_a_file_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read: No such file"):
        load_gpus(tmp_path / "gpus.yaml")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_the_file_holds_is_a_table_or_a_clear_error(content: bytes) -> None:
    assert all(problem.cure for problem in problems(content))


@given(st.integers(0, len(TABLE) - 1), st.characters())
def test_a_slip_of_the_finger_never_breaks_the_loader(at: int, typed: str) -> None:
    slipped = TABLE[:at] + typed + TABLE[at + 1 :]
    said = problems(slipped.encode(errors="surrogatepass"))
    assert all(problem.line is None or problem.line > 0 for problem in said)


@pytest.mark.parametrize(
    ("name", "mib", "gpu_id"),
    [
        ("NVIDIA H100 80GB HBM3", 81559, "h100-sxm"),
        ("NVIDIA H100 PCIe", 81559, "h100-pcie"),
        ("NVIDIA H100 NVL", 95830, "h100-nvl"),
        ("NVIDIA H200", 143771, "h200-sxm"),
        ("NVIDIA B200", 183359, "b200"),
        ("NVIDIA A100-SXM4-40GB", 40960, "a100-40-sxm"),
        ("A100-SXM4-80GB", 81920, "a100-80-sxm"),  # drivers before 2021
        ("NVIDIA L4", 23034, "l4"),
        ("NVIDIA L40S", 46068, "l40s"),
        ("Tesla T4", 15360, "t4"),
        ("NVIDIA GeForce RTX 4090", 24564, "rtx-4090"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", 97887, "rtx-pro-6000-server"),
    ],
)
def test_a_device_is_recognised_by_what_its_driver_calls_it(
    table: GPUTable, name: str, mib: int, gpu_id: str
) -> None:
    found = table.recognise(name, mib * 2**20)
    assert found is not None
    assert found.id == gpu_id


def test_every_name_in_the_table_is_recognised_as_its_own_type(table: GPUTable) -> None:
    for spec in table.specs.values():
        for name in spec.nvml_names:
            memory = spec.memory_bytes
            assert table.recognise(name, None if memory is None else int(memory.value)) == spec


def test_another_card_or_another_size_is_not_recognised_and_says_how_to_add_it(
    table: GPUTable,
) -> None:
    assert table.recognise("NVIDIA H100 80GB HBM3", 64 * 10**9) is None
    assert table.recognise("NVIDIA L40") is None
    said = table.how_to_add("NVIDIA L40", 48 * 10**9)
    assert "'NVIDIA L40' with 48.0 GB is not in" in said
    assert "nvml_names" in said
    assert "--gpus" in said


def test_an_id_that_is_not_there_names_the_closest(table: GPUTable) -> None:
    with pytest.raises(UnknownGPU, match="are h100-sxm, h100-pcie, h100-nvl"):
        table.get("h100")
    with pytest.raises(UnknownGPU, match="are h100-sxm,"):
        table.get("h100sxm")
    with pytest.raises(UnknownGPU, match="mi300x"):
        table.get("MI300")
