"""How people and programs reach the log and the credit files."""
