"""What could be built where: candidates, demand, grid, water and climate."""
