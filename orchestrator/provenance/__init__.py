"""Who made a video with what, signed into the file: the certificate, what the manifest says, how it is read again."""
