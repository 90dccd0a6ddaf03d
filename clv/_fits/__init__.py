"""From summaries to laws: likelihood, maximum, standard errors, priors and posterior draws."""
