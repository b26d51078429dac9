"""The backends of Keras: gradients, compilation and memory."""
