"""Files of sound and pictures: written, and looked at before they are passed on."""
