"""Lists of a trained model in an order that a language model gives them."""
