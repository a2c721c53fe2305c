"""What several tests share: random instances, independent formulations, made-up placements."""
