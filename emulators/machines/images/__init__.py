"""Guest images: what they are called and how they are made, with a registry or without."""
