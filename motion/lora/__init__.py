"""LoRA (Hu and others, 2021) for diffusion models that people have: Stable Diffusion's UNet on frames of films or on
pictures, the temporal layers of Stable Video Diffusion on clips of films."""
