"""What several faults have in common: reaching servers, processes and nodes, and proving it."""
