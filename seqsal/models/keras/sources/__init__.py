"""Where Keras models come from: presets of hubs, archives, folders of Transformers."""
