"""What follows for those who did it: procedures with their clocks, credit files, scores, measures."""
