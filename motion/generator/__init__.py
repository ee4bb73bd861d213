"""The trained backdrop generator: a small flow-matching model on the project's own drawn scenes, and how it is made.

    codec.py     pictures <-> latents, closed form
    captions.py  sentences that say what a drawn scene shows
    dataset.py   drawn scenes as latents with the embedding that they show
    model.py     the network, its sampling, its files
    training.py  the training run

The network is diffusers' ``UNet2DConditionModel``, conditioned like Kandinsky 2.2 on one embedding.
"""
