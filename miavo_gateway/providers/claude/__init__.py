"""What holds for Claude wherever it is served: at Anthropic, or on Bedrock."""
