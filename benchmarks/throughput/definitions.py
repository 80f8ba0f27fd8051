"""What every figure of a record means. Stored with the figures: the names differ between tools."""

from __future__ import annotations

DEFINITIONS = {
    "ttft_s": "seconds from sending a request to the first chunk of its answer, at the client; as "
    "vllm bench serve",
    "tpot_s": "(e2e_s - ttft_s) / (osl - 1) of a request, without requests of one token; as vllm "
    "bench serve. GuideLLM's time_per_output_token has the TTFT in it",
    "itl_s": "seconds between two chunks of an answer, at the client; a chunk may hold more than "
    "one token; as vllm bench serve",
    "e2e_s": "seconds from sending a request to the last chunk with text of its answer; what comes "
    "after that (usage, [DONE]) does not count; as vllm bench serve",
    "isl, osl": "tokens of a prompt and of its answer, as the server's usage chunk has them",
    "duration_s": "seconds from the first request of a run to the last answer",
    "output_tokens_per_s": "output tokens of all requests that were answered / duration_s: ramp "
    "and tail are in it, as in vllm bench serve's output_throughput",
    "output_tokens_per_s_per_gpu": "output_tokens_per_s / the GPUs of the deployment; a CPU counts "
    "as one. Prompt tokens are not in it, as they are in InferenceX's tput_per_gpu",
    "input_tokens_per_s": "prompt tokens of all requests that were answered / duration_s",
    "steady": "the part of a run between the first and the last moment at which at least 90% of "
    "the most answers at a time were being made (100% where decode alone is measured); tokens are "
    "counted at their chunks",
    "request_per_s": "requests that were answered / duration_s",
    "goodput_per_s": "requests whose ttft_s and tpot_s both kept the record's objective / "
    "duration_s; after DistServe (arXiv 2401.09670)",
    "cpu.served_s": "seconds of CPU of all processes that serve the layer, in duration_s and the "
    "load generator's own preparations, user and system together",
    "cpu.ms_per_output_token": "milliseconds of cpu.served_s an output token",
    "cpu.others_share": "share of the usable cores that neither they nor the load generator used",
    "mfu": "floating-point operations that the tokens of the steady part need (2 a multiplied "
    "parameter and token, and attention) / what the machine does at its peak in that time",
    "mbu": "bytes that its steps have to read (all weights once a step, and the KV cache of what "
    "runs) / what the machine reads at its peak in that time; taken where nothing but decode ran",
    "joules_per_output_token": "mean power of all GPUs · duration_s / output tokens",
    "percentiles": "linear interpolation over the requests of one run; no p99 of fewer than 100",
    "top: input_tokens_per_s": "of runs that do nothing but prefill (answers of one token), median "
    "over repeats, at the innermost layer measured",
    "top: output_tokens_per_s": "of the steady part of runs that do nothing but decode (prompts of "
    "a few tokens), median over repeats, at the innermost layer measured",
    "ratios": "median over repeats of steady output tokens per second at a layer / the same at the "
    "engine alone, offline, on the same requests",
    "added_ttft_ms": "median TTFT at a layer minus that at the engine alone, unloaded, on a "
    "conversation that was seen before",
    "knee": "the highest rate of an open loop that was answered at 95% of it at least, with a p95 "
    "TTFT within the objective",
}
