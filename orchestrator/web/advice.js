// What the server says about photos, prompts and forms, in Russian. Numbers are carried over; the rest stays English.

const RUSSIAN = [
  [/^No face (?:was )?found/, "Лицо не найдено: возьмите фотографию анфас, с лицом шириной не меньше 128 пикселей."],
  [/^(\d+) faces were found/, "Найдено лиц: $1. Говорить будет самое крупное."],
  [/^The head is turned far/, "Голова сильно повёрнута: лучше двигается фотография, где смотрят в камеру."],
  [/^The head is tilted far/, "Голова сильно наклонена: прямая фотография двигается лучше."],
  [/^The face is small and will look soft/, "Лицо маленькое и выйдет нерезким: лучше лицо от 300 пикселей."],
  [/^The mouth stands wide open/, "Рот широко открыт: закрытый или чуть открытый говорит лучше."],
  [/^The face is dark/, "Лицо тёмное: при лучшем свете губы видны яснее."],
  [/^The face is blurred/, "Лицо размыто: резкая фотография выглядит лучше."],
  [/^The face is only (\d+) pixels/, "Между глазами только $1 пикселей: нужно лицо шириной не меньше 128 пикселей."],
  [/^The face is seen from the side/, "Лицо видно сбоку: нужна фотография, где смотрят в камеру."],
  [/^The face lies on its side/, "Лицо лежит на боку: поверните фотографию."],
  [/^The face is cut by the edge/, "Лицо обрезано краем: нужна фотография со всем лицом."],
  [/^The photo of (\S+) pixels was scaled down to (\d+)/, "Фотография $1 уменьшена до $2 пикселей по длинной стороне."],
  [/is (\d+x\d+) pixels, too small/, "Фотография $1 слишком мала: нужно больше пикселей."],
  [/is no picture that can be read|is no picture/, "Это изображение не читается: возьмите JPEG, PNG или WebP."],
  [/is a HEIC photo/, "HEIC здесь не читается: сохраните фотографию как JPEG или PNG."],
  [/is damaged or cut short/, "Файл повреждён или неполон: сохраните его ещё раз."],
  [/too many pixels|many: use one below/, "В изображении слишком много пикселей: возьмите поменьше."],
  [/^backdrop read as: (.+)$/, "Фон понят так: $1"],
  [/^No neural voice for (\S+) is installed: .*?\(([^,]+), robotic\)/, "Естественного голоса ($1) здесь нет: говорит роботизированный $2."],
  [/^The person is cut at the sides of the photo/, "Человек на фотографии обрезан по бокам: там края растворяются."],
  [/^The rims of the spectacles would bend/, "Оправа очков гнулась бы: глаза не моргают, брови почти не двигаются."],
  [/^Many photos are being looked at/, "Сейчас проверяется много фотографий: попробуйте через несколько секунд."],
  [/^The disk is full|No space left/i, "На диске сервера нет места: освободите его и попробуйте ещё раз."],
  [/^Unknown direction/, "В квадратных скобках неизвестное указание: уберите его или напишите \\["],
];

export function translated(sentence, language) {
  if (language !== "ru" || !sentence) return sentence;
  const known = RUSSIAN.find(([pattern]) => pattern.test(sentence));
  if (!known) return sentence;
  const found = sentence.match(known[0]);
  return known[1].replace(/\$(\d)/g, (_, number) => found[Number(number)] ?? "");
}
