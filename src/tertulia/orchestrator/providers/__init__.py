"""Where answers come from: providers behind one port, their models, prices and failures.

``port`` says what a provider can be asked; ``openai`` speaks to every OpenAI-compatible server; ``registry`` knows
which models there are and who owns each. What is asked, and what becomes of the answer, is the pipeline's.
"""
