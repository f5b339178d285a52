// Compiled with a generated header in front of it.
