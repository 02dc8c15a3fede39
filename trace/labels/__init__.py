"""What is printed on a package: the address in the code, the code that can be typed, and the drawing of both."""
