"""The HTML pages that people see."""
