"""The scene painter: families of pictures drawn by code from a look (light, colours, shape) and a phase of the loop."""
