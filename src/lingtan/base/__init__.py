"""Words everybody shares: errors, units, time, ids, text. Nothing here knows what a park is."""
