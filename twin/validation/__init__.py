"""Known answers: cases with published or closed-form solutions, run through the engine.

`read_cases` reads them, an adapter of `twin.validation.registry` turns one into a
run of the engine's own kernels, `twin.validation.judge` compares, and
`validate_folder` does all of it.
"""
