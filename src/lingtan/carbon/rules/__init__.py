"""Rule sets: the official methods as versioned data files, and the record they are read into."""
