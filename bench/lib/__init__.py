"""The benchmark programme: bench/run.py puts these together.

    machine    which cores, processor time of a family of processes, memory
    servers    programs that answer: ours, the ceiling, nginx, and those of bench/flask, bench/fastapi, bench/fastify
    client     one careful request; bench/load.c and wrk
    measure    alternating rounds, ratios, medians, spread: arithmetic only
    workloads  what is measured: one function for each row
    report     the table on the terminal, the JSON, docs/benchmarks.md
    plot       docs/benchmarks.svg
"""
