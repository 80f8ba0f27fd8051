"""The gate: whether other rules, models or prices were shown to do no harm."""
