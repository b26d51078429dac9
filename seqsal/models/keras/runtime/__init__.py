"""What differs between the backends of Keras: gradients, compilation, memory."""
