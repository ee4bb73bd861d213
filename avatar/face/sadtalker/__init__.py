"""The networks of SadTalker, written anew in torch; names and shapes of the weights are those of the published files.

``mel`` → ``audio2exp`` and ``audio2pose`` give coefficients of a face model at 25 frames a second; ``recon`` reads the
photo's; ``mapping`` and ``transform`` turn a window of coefficients into 15 keypoints, ``keypoints`` finds them in the
photo, and ``generator`` moves the photo from one set to the other. ``checkpoint`` loads them all.
"""
