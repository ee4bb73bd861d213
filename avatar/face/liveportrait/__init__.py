"""The networks of LivePortrait (Guo et al. 2024), written anew in torch; names and shapes of the weights are those of
the published files.

``motion_extractor`` reads pose and expression of a face picture, ``pose`` makes 21 keypoints of them, ``retargeting``
opens lips and lids to a wanted degree and stitches the head to its shoulders. What draws is shared with SadTalker
(``avatar.face.renderer``); ``checkpoint`` loads it all. Where the keypoints go is a track source's work (``sources``):
``rig`` follows our phonemes and gestures, ``driving`` a video.
"""
