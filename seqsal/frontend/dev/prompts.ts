const FEW_SHOT = `Analyze a menu item in a restaurant.

## For example:

Taste-likes: I've a sweet-tooth
Taste-dislikes: Don't like onions or garlic
Suggestion: Onion soup
Analysis: it has cooked onions in it, which you don't like.
Recommendation: You have to try it.

Taste-likes: I've a sweet-tooth
Taste-dislikes: Don't like onions or garlic
Suggestion: Baguette maison au levain
Analysis: Home-made leaven bread in france is usually great
Recommendation: Likely good.

## Now analyse one more example:

Taste-likes: Cheese
Taste-dislikes: Can't eat eggs
Suggestion: Quiche Lorraine
Analysis:`;

const SCRIPTS = `مرحبا بالعالم. هذا نص عربي طويل قليلا لاختبار الاتجاه، وفيه كلمة English واحدة.

世界你好。今天的天气很好！これは日本語の文です。二つ目の文もあります。
ภาษาไทยไม่มีช่องว่างระหว่างคำ
👩‍👩‍👧 Emoji 😀 and flags 🇮🇸 too.

\`\`\`python
def mean(xs):
    return sum(xs) / len(xs)  # 3.5 g
\`\`\`
1. First, see https://example.org/a.b?c=d.
2. Then read Dr. Who, e.g. twice.
`;

/** Prompts for the development page, by name. */
export const PROMPTS: Readonly<Record<string, { prompt: string; target: string }>> = {
  'few-shot': { prompt: FEW_SHOT, target: '' },
  'scripts': { prompt: SCRIPTS, target: ' هذه هي الإجابة. This is the answer.' },
  'short': { prompt: 'The capital of France is', target: '' },
  'long': { prompt: `${FEW_SHOT}\n\n`.repeat(80), target: '' },
  'none': { prompt: '', target: '' },
};
