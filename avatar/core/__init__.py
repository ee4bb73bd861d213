"""Ground floor that every stage stands on: types, errors, registry, progress, artefacts, weights, media."""
