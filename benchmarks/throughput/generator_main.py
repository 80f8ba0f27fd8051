"""The load, in a process of its own: `vllm bench serve`, imported once and run again and again.

Importing it takes 17 s, which a run of thirty measurements had better pay once. Every line of
standard input is one run, `{"arguments": […], "key": …}`; every line of standard output says how it
ended. What vLLM prints goes to standard error.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

from benchmarks.throughput.generator import DONE, READY


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    from vllm.benchmarks.serve import add_cli_args, main_async  # noqa: PLC0415
    from vllm.utils.argparse_utils import FlexibleArgumentParser  # noqa: PLC0415

    parser = FlexibleArgumentParser()
    add_cli_args(parser)
    answers.write(f"{READY}\n")
    for line in sys.stdin:
        order = json.loads(line)
        os.environ["OPENAI_API_KEY"] = order["key"] or "none"
        try:
            asyncio.run(main_async(parser.parse_args(order["arguments"])))
        except Exception as error:
            answers.write(f"{type(error).__name__}\n")
        else:
            answers.write(f"{DONE}\n")


if __name__ == "__main__":
    main()
