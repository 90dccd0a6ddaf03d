"""When acquisition costs are paid back: what cohorts have spent, joined to simulated futures of theirs."""
