"""Sources of Keras models: presets of hubs, and archives on the web."""
