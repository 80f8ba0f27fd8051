"""CPU, memory and limits from files as Linux writes them, and from whatever else stands there."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.host import read_host

CORE = """\
processor	: {number}
model name	: AMD EPYC 9654 96-Core Processor
physical id	: {socket}
core id		: {core}
flags		: fpu avx avx2 avx512f avx512_vnni avx512_bf16 sse4_2
"""
ARM_CORE = """\
processor	: {number}
Features	: fp asimd sve i8mm bf16
CPU implementer	: 0x41
CPU part	: 0xd40
"""


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """Two sockets with two cores of two threads each, on two NUMA nodes."""
    cores = [CORE.format(number=number, socket=number // 4, core=number % 2) for number in range(8)]
    caches = {
        f"sys/devices/system/cpu/cpu{cpu}/cache/index3/{name}": text
        for cpu in range(8)
        for name, text in {
            "level": "3\n",
            "size": "32768K\n",
            "shared_cpu_list": f"{cpu // 4 * 4}-{cpu // 4 * 4 + 3}\n",
        }.items()
    }
    nodes = {f"sys/devices/system/node/node{node}/meminfo": "" for node in range(2)}
    return write(
        tmp_path,
        {
            "proc/cpuinfo": "\n".join(cores) + "\n",
            "proc/meminfo": "MemTotal:       65843456 kB\nMemFree:        1 kB\n",
            "proc/sys/kernel/osrelease": "6.8.0-45-generic\n",
            "sys/devices/system/cpu/cpu0/cache/index0/level": "1\n",
            **caches,
            **nodes,
        },
    )


def test_a_server_is_read_as_it_is(server: Path) -> None:
    host = read_host(server)
    cpu = host.cpu
    assert cpu.model == "AMD EPYC 9654 96-Core Processor"
    assert (cpu.physical_cores, cpu.logical_cores, cpu.usable_cores) == (4, 8, 8.0)
    assert cpu.isa == ("avx2", "avx512", "avx512-vnni", "avx512-bf16")
    assert cpu.l3_bytes == 2 * 32 * 2**20
    assert cpu.numa_nodes == 2
    assert host.memory_bytes == host.usable_memory_bytes == 65843456 * 1024
    assert host.memory_limit_bytes is None
    assert host.kernel == "6.8.0-45-generic"


def test_an_arm_server_says_less(tmp_path: Path) -> None:
    cores = "\n".join(ARM_CORE.format(number=number) for number in range(4))
    host = read_host(write(tmp_path, {"proc/cpuinfo": cores}))
    assert (host.cpu.logical_cores, host.cpu.physical_cores) == (4, None)
    assert host.cpu.isa == ("neon", "sve", "bf16", "i8mm")
    assert host.usable_memory_bytes is None


def test_an_affinity_leaves_fewer_cores(server: Path) -> None:
    assert read_host(server, affinity=3).cpu.usable_cores == 3.0


def test_a_container_of_version_2_limits_cores_and_memory(server: Path) -> None:
    write(
        server,
        {
            "proc/self/cgroup": "0::/pod/engine\n",
            "sys/fs/cgroup/pod/engine/cpu.max": "max 100000\n",
            "sys/fs/cgroup/pod/engine/memory.max": "max\n",
            "sys/fs/cgroup/pod/cpu.max": "250000 100000\n",
            "sys/fs/cgroup/pod/memory.max": f"{16 * 2**30}\n",
        },
    )
    host = read_host(server)
    assert host.cpu.usable_cores == 2.5
    assert host.usable_memory_bytes == host.memory_limit_bytes == 16 * 2**30


def test_the_narrowest_of_the_groups_above_counts(server: Path) -> None:
    write(
        server,
        {
            "proc/self/cgroup": "0::/slice/unit\n",
            "sys/fs/cgroup/slice/unit/memory.max": f"{8 * 2**30}\n",
            "sys/fs/cgroup/slice/memory.max": f"{4 * 2**30}\n",
        },
    )
    assert read_host(server).memory_limit_bytes == 4 * 2**30


@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
def test_a_container_of_version_1_limits_cores_and_memory(server: Path, mount: str) -> None:
    write(
        server,
        {
            # The path is the host's, and does not exist inside: what is mounted is the container.
            "proc/self/cgroup": f"4:memory:/docker/abc\n3:{mount}:/docker/abc\n0::/\n",
            f"sys/fs/cgroup/{mount}/cpu.cfs_quota_us": "400000\n",
            f"sys/fs/cgroup/{mount}/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2**33}\n",
        },
    )
    host = read_host(server)
    assert (host.cpu.usable_cores, host.memory_limit_bytes) == (4.0, 2**33)


def test_version_1_without_limits_limits_nothing(server: Path) -> None:
    write(
        server,
        {
            "proc/self/cgroup": "4:memory:/\n3:cpu:/\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    host = read_host(server)
    assert (host.cpu.usable_cores, host.memory_limit_bytes) == (8.0, None)


def test_where_nothing_can_be_read_there_is_one_core_and_the_rest_is_unknown(
    tmp_path: Path,
) -> None:
    host = read_host(tmp_path)
    assert (host.cpu.logical_cores, host.cpu.usable_cores, host.cpu.isa) == (1, 1.0, ())
    assert (host.cpu.model, host.cpu.l3_bytes, host.memory_bytes, host.kernel) == (None,) * 4


@given(
    st.fixed_dictionaries(
        {
            name: st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60)
            for name in (
                "proc/cpuinfo",
                "proc/meminfo",
                "proc/self/cgroup",
                "sys/fs/cgroup/cpu.max",
                "sys/fs/cgroup/memory.max",
                "sys/devices/system/cpu/cpu0/cache/index3/size",
            )
        }
    )
)
def test_odd_files_never_break_the_reading(files: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        host = read_host(write(Path(folder), files))
    assert host.cpu.usable_cores > 0
    assert host.memory_limit_bytes is None or host.memory_limit_bytes > 0
