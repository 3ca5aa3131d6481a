"""How fast is the planner? The reference park, asked against measured."""
