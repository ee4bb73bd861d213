"""What SadTalker's and LivePortrait's networks have in common: both descend from face-vid2vid (Wang, Mallya, Liu 2021).

``appearance`` turns a portrait into a volume of features, ``dense_motion`` and ``warping`` move that volume from one
set of keypoints to another, ``spade`` draws the picture. ``layers``, ``upsampled``, ``winograd`` and ``folding`` make
them quicker without changing what they say; ``loading`` checks names and shapes of published weights; ``placing`` puts
the drawn square back into the photo, and ``landmarks`` names the 68 points that the crops want.
"""
