"""Where staff work: Flask-AppBuilder in our own skin."""
