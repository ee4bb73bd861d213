"""Motion taken from a film: the rotations between its neighbouring frames, applied to a prompt and to noise.

cues.py    what moves beside the meaning: edges of frame differences, depth
track.py   a film → states of an encoder, edges and depth, at an even rate
path.py    a track → the way of any vector, in anchor or chain mode
"""
