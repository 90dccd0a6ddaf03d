"""Whether to believe it: hold-outs, baselines and metrics."""
