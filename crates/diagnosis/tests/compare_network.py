"""Exactness and speed of posdx's Bayesian networks beside pyAgrum and pgmpy, in one run on public networks.

    cargo build --release -p posdx-diagnosis --example network_bench
    python crates/diagnosis/tests/compare_network.py target/release/examples/network_bench [NETWORK ...]

Needs `pip install pyagrum pgmpy`; the networks ship inside pgmpy. Queries: hard evidence on random leaf nodes (states drawn by forward
sampling, so that the evidence is possible), targets all root nodes. Both peers read the same rows as posdx: a row that misses 1 is
divided by its sum in f64. pyAgrum's best is the fastest of its three exact engines, once with the posteriors read out and once
without. `all` observes every leaf, `half` each with probability 1/2, `few` one to five of them.
"""
import glob, gzip, os, random, subprocess, sys, tempfile, time, warnings

warnings.filterwarnings("ignore")
import numpy as np
import pgmpy, pyagrum as gum
from pgmpy.readwrite import BIFReader
from pgmpy.inference import VariableElimination

DEFAULT = ["win95pts", "alarm", "hepar2", "insurance", "hailfinder", "pathfinder", "andes"]
bench, names = sys.argv[1], sys.argv[2:] or DEFAULT
density = os.environ.get("DENSITY", "half")
count, rounds = int(os.environ.get("QUERIES", "200")), int(os.environ.get("ROUNDS", "30"))
models = os.path.join(os.path.dirname(pgmpy.__file__), "utils", "example_models")


def load(path):
    """pyAgrum network built from pgmpy's reader, so that both peers hold the same numbers."""
    model = BIFReader(path).get_model()
    order = [l.split()[1] for l in open(path) if l.startswith("variable ")]
    bn = gum.BayesNet("n")
    for v in order:
        bn.add(gum.LabelizedVariable(v, v, [str(i) for i in range(model.get_cardinality(v))]))
    for v in order:
        for p in model.get_cpds(v).variables[1:]:
            bn.addArc(p, v)
    for v in order:
        cpd = model.get_cpds(v)
        cpd.values = cpd.values / cpd.values.sum(axis=0)
        for i in range(cpd.values[0].size if cpd.values.ndim > 1 else 1):
            if cpd.values.ndim == 1:
                bn.cpt(v).fillWith(list(map(float, cpd.values)))
            else:
                at = np.unravel_index(i, cpd.values.shape[1:])
                bn.cpt(v)[dict(zip(cpd.variables[1:], map(int, at)))] = list(map(float, cpd.values[(slice(None),) + at]))
    return model, bn, order


def sample(bn, order, topo, rng):
    state = {}
    for v in topo:
        given = {p: state[p] for p in (bn.variable(i).name() for i in bn.parents(v))}
        p = bn.cpt(v).extract(given).tolist() if given else bn.cpt(v).tolist()
        state[v] = rng.choices(range(len(p)), p)[0]
    return state


def timed(engine, queries, roots, read):
    begin = time.perf_counter()
    for q in queries:
        engine.setEvidence(q)
        engine.makeInference()
        if read:
            for r in roots:
                engine.posterior(r)
    return (time.perf_counter() - begin) * 1e3 / len(queries)


def table(rows):
    print("%-11s %5s | %9s %9s | %9s %9s %-6s | %9s | %7s %7s %8s | %8s %8s" % rows, flush=True)


table(("network", "roots", "posdx ms", "one-off", "agrum ms", "no read", "engine", "pgmpy ms", "agrum/", "noread/", "pgmpy/", "error", "err pgm"))
for name in names:
    path = os.path.join(tempfile.gettempdir(), f"posdx-{name}.bif")
    with open(path, "wb") as f:
        f.write(gzip.open(os.path.join(models, f"{name}.bif.gz")).read())
    model, bn, order = load(path)
    topo = [bn.variable(i).name() for i in bn.topologicalOrder()]
    roots = [v for v in order if not bn.parents(v)]
    leaves = [v for v in order if not bn.children(v) and bn.parents(v)]
    rng = random.Random(f"posdx {name} {density}")
    queries = []
    for _ in range(count):
        state = sample(bn, order, topo, rng)
        if density == "few":
            seen = rng.sample(leaves, min(len(leaves), rng.randint(1, 5)))
        else:
            seen = [l for l in leaves if density == "all" or rng.random() < 0.5] or [rng.choice(leaves)]
        queries.append({l: state[l] for l in seen})
    q_file, out = path + ".queries", path + ".answers"
    with open(q_file, "w") as f:
        for q in queries:
            f.write("\t".join(f"{order.index(k)}={v}" for k, v in q.items()) + "\n")
    engines = {}
    for kind in ("LazyPropagation", "ShaferShenoyInference", "VariableElimination"):
        engine = getattr(gum, kind)(bn)
        engine.setTargets(set(roots))
        engine.setNumberOfThreads(1) if hasattr(engine, "setNumberOfThreads") else None
        first = timed(engine, queries[:3], roots, True)
        engines[kind] = (engine, first)
    fit = [k for k, (e, first) in engines.items() if first < 5 * min(f for _, f in engines.values())]
    part = queries[: int(os.environ.get("AGRUM_QUERIES", "60"))]
    best = min((min(timed(engines[k][0], part, roots, True) for _ in range(3)), k) for k in fit)
    bare = min(min(timed(engines[k][0], part, roots, False) for _ in range(3)) for k in fit)
    run = subprocess.run([bench, path, q_file, out, str(rounds)], capture_output=True, text=True)
    if run.returncode:
        print(name, run.stderr)
        continue
    words = run.stderr.split()
    ours, single = float(words[words.index("session") + 1]), float(words[words.index("query") + 1])
    worst, lines = 0.0, open(out).read().splitlines()
    engine = gum.LazyPropagation(bn)
    for q, line in zip(queries, lines):
        engine.setEvidence(q)
        engine.makeInference()
        want = [x for r in roots for x in engine.posterior(r).tolist()]
        worst = max(worst, float(np.abs(np.array(line.split()[1:], float) - want).max()))
        worst = max(worst, abs(np.exp(float(line.split()[0])) / engine.evidenceProbability() - 1))
    ve, worst_pgmpy, pgmpy_ms = VariableElimination(model), 0.0, float("nan")
    few = queries[: int(os.environ.get("PGMPY_QUERIES", "3"))]
    states = model.states
    if few:
        begin, answers = time.perf_counter(), []
        for q in few:
            named = {k: states[k][v] for k, v in q.items()}
            answers.append([ve.query([r], evidence=named, show_progress=False).values for r in roots])
        pgmpy_ms = (time.perf_counter() - begin) * 1e3 / len(few)
        for a, line in zip(answers, lines):
            worst_pgmpy = max(worst_pgmpy, float(np.abs(np.concatenate(a) - np.array(line.split()[1:], float)).max()))
    table((name, len(roots), "%.5f" % ours, "%.5f" % single, "%.3f" % best[0], "%.3f" % bare, best[1][:6], "%.1f" % pgmpy_ms,
           "%.0f" % (best[0] / ours), "%.0f" % (bare / ours), "%.0f" % (pgmpy_ms / ours), "%.1e" % worst, "%.1e" % worst_pgmpy))
    print("  " + run.stderr.splitlines()[0].split("posdx-")[-1], flush=True)
