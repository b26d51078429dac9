"""Speed-ups that reach into Keras or keras-hub, one a file, each with a switch."""
