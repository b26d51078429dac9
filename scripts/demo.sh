#!/bin/sh
# Opens the page over SmolLM2, where it can be fetched, and the models that ship: demo.sh FLAGS...
set -u
models=embedded:small,embedded:tiny
datasets=sample_prompts
{
    if reason=$(.venv/bin/seqsal get smollm2 --quiet 2>&1 >&3); then
        models=smollm2,$models
        datasets=chat_prompts,published_prompts,sample_prompts
    else
        echo "The page opens without SmolLM2, a small real model. ${reason#seqsal: }"
    fi
} 3>&1
exec .venv/bin/seqsal --models="$models" --datasets="$datasets" "$@"
