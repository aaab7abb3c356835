"""What `crucible chaos` runs: workloads under random faults."""
