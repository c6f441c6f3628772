// What the page says, in Chinese and in English.

const ZH = {
  title: "交换台电话", other_language: "English",
  change_number: "更换号码", another_tab: "再开一个号码",
  number: "电话号码", sign_in_title: "您在哪个号码接电话？",
  sign_in_words: "登录之后，打到这个号码的电话由您来接，不再由模拟客户接听。",
  sign_in: "登录", customers: "最近的号码", microphone_why: "浏览器会询问是否允许使用麦克风；不允许也可以：看字幕、按键、打字。",
  keypad: "拨号盘", number_to_call: "要拨打的号码", reachable: "可以拨打", try_url: "用一个网址试试", try_url_why: "由这个网址的 TwiML 接听",
  call: "拨打", you_hear: "听到", they_hear: "说出", mute: "静音", unmute: "取消静音", hang_up: "挂断",
  accept: "接听", decline: "拒接", captions: "通话字幕", say_words: "打字代替说话", say: "说",
  facts: "您扮演的客户", calls: "最近通话", no_calls: "还没有通话", by_keyboard: "键盘",
  stage_away: "未登录", stage_idle: "待机", stage_ringing: "来电", stage_calling: "呼叫中", stage_talking: "通话中", stage_ended: "通话结束",
  waiting: "等待来电", waiting_words: "让应用呼叫这个号码，这里就会响铃。也可以用拨号盘打出去。",
  ringing_words: "来电，正在响铃", calling_words: "正在呼叫……", talking_words: "已接通",
    me: "我", them: "对方", keys: "按键", heard: "我（识别）",
  fact_id_tail: "证件后四位", fact_birthday: "生日", fact_holder: "姓名",
  hint_keys: "按键或拨号", hint_type: "打字说话", hint_mute: "静音", hint_hang: "挂断或拒接", hint_accept: "接听",
  ended_completed: "通话已结束", "ended_no-answer": "无人接听", ended_busy: "对方忙或拒接", ended_failed: "呼叫失败", ended_canceled: "呼叫已取消", ended_lost: "交换台中断，通话已结束",
  in_completed: "已接听", "in_no-answer": "未接", in_busy: "已拒接", in_failed: "失败", in_canceled: "对方取消",
  out_completed: "已接通", "out_no-answer": "无人接听", out_busy: "忙或拒接", out_failed: "失败", out_canceled: "已取消",
  outgoing: "拨出", incoming: "来电",
  wrong_number: "这个号码看不懂：请带上 + 和国家码，例如 +86 138 1234 5678。",
  "wrong_own-number": "这是您自己的号码。", wrong_url: "网址须以 http:// 或 https:// 开头。",
  wrong_nobody: "这个号码没有应用，也没有人登录。要试一个网址，请展开“用一个网址试试”。",
  "wrong_no-voice-url": "这个号码还没有设置 Voice URL。",
  notice_lost: "与交换台的连接断了，正在重新连接……", notice_refused_microphone: "没有麦克风：能听，能按键，能打字，对方听不到您的声音。",
  notice_soundless: "没有声音：交换台缺少音频组件，请运行 pip install 'huifang[exchange]'。字幕、按键和打字照常可用。",
  notice_broken: "声音没有接通。字幕、按键和打字照常可用。", notice_blocked: "浏览器还不允许出声：点一下页面就能听到。",
  closed_connecting: "正在连接交换台……", closed_connecting_words: "连接好了就可以登录。",
  closed_ticket: "请用交换台给的地址打开", closed_ticket_words: "这个地址里的口令不对，或者交换台重新启动过。请从交换台的启动信息里复制完整的地址：",
  closed_speed: "交换台的时钟不是真实速度", closed_speed_words: "现在的速度是 {speed} 倍，真人跟不上。请用 --speed 1 启动交换台，再打开此页：",
  closed_elsewhere: "这部电话在别处打开了", closed_elsewhere_words: "请在那个标签页里继续，或者刷新此页。",
};

const EN = {
  title: "Exchange phone", other_language: "中文",
  change_number: "Change number", another_tab: "Open another number",
  number: "Phone number", sign_in_title: "At which number do you pick up?",
  sign_in_words: "Once signed in, calls to this number ring here, and no simulated customer answers them.",
  sign_in: "Sign in", customers: "Recent numbers", microphone_why: "The browser will ask for the microphone. Without it you can still read captions, press keys and type.",
  keypad: "Keypad", number_to_call: "Number to call", reachable: "You can call", try_url: "Try a URL", try_url_why: "The TwiML at this URL answers",
  call: "Call", you_hear: "You hear", they_hear: "You say", mute: "Mute", unmute: "Unmute", hang_up: "Hang up",
  accept: "Accept", decline: "Decline", captions: "Captions", say_words: "Type instead of speaking", say: "Say",
  facts: "You play", calls: "Recent calls", no_calls: "No calls yet", by_keyboard: "Keyboard",
  stage_away: "Signed out", stage_idle: "Ready", stage_ringing: "Incoming", stage_calling: "Calling", stage_talking: "In call", stage_ended: "Call ended",
  waiting: "Waiting for a call", waiting_words: "Let the application call this number: it rings here. Or call out with the keypad.",
  ringing_words: "is calling", calling_words: "Calling…", talking_words: "Connected",
    me: "Me", them: "Them", keys: "Keys", heard: "Me (recognised)",
  fact_id_tail: "Last 4 of ID", fact_birthday: "Birthday", fact_holder: "Name",
  hint_keys: "Press or dial", hint_type: "Type to speak", hint_mute: "Mute", hint_hang: "Hang up or decline", hint_accept: "Accept",
  ended_completed: "The call has ended", "ended_no-answer": "Nobody answered", ended_busy: "Busy or declined", ended_failed: "The call failed", ended_canceled: "The call was canceled", ended_lost: "The exchange went away; the call is over",
  in_completed: "Answered", "in_no-answer": "Missed", in_busy: "Declined", in_failed: "Failed", in_canceled: "Canceled",
  out_completed: "Connected", "out_no-answer": "No answer", out_busy: "Busy or declined", out_failed: "Failed", out_canceled: "Canceled",
  outgoing: "Outgoing", incoming: "Incoming",
  wrong_number: "Not a phone number: write it with + and the country code, as +86 138 1234 5678.",
  "wrong_own-number": "This is your own number.", wrong_url: "A URL begins with http:// or https://.",
  wrong_nobody: "This number has no application, and nobody is signed in at it. To try a URL, open “Try a URL”.",
  "wrong_no-voice-url": "This number has no Voice URL yet.",
  notice_lost: "The connection to the exchange is lost. Reconnecting…", notice_refused_microphone: "No microphone: you can listen, press keys and type, but nobody hears your voice.",
  notice_soundless: "No sound: the exchange lacks its audio packages, run pip install 'huifang[exchange]'. Captions, keys and typing work.",
  notice_broken: "The sound could not be connected. Captions, keys and typing work.", notice_blocked: "The browser does not allow sound yet: click anywhere to hear.",
  closed_connecting: "Connecting to the exchange…", closed_connecting_words: "You can sign in as soon as it answers.",
  closed_ticket: "Open the address the exchange printed", closed_ticket_words: "The password in this address is wrong, or the exchange was started anew. Copy the whole address from what the exchange printed at its start:",
  closed_speed: "The exchange does not run at real speed", closed_speed_words: "Its clock runs {speed} times as fast, and no person can follow. Start the exchange with --speed 1 and open this page again:",
  closed_elsewhere: "This phone was opened elsewhere", closed_elsewhere_words: "Go on in that tab, or load this page again.",
};

const KEPT = "phone.language";
let english = remembered() === "en";

function remembered() {
  try { return localStorage.getItem(KEPT); } catch { return null; }
}

export function t(name) {
  return (english ? EN : ZH)[name] ?? name;
}

export function known(name) {
  return name in ZH;
}

export function switchLanguage() {
  english = !english;
  try { localStorage.setItem(KEPT, english ? "en" : "zh"); } catch { /* not remembered, then */ }
  translate();
}

// Fills every element that names its words: data-t its text, data-t-hint its placeholder, data-t-label its label.
export function translate() {
  document.documentElement.lang = english ? "en" : "zh-CN";
  document.title = t("title");
  for (const one of document.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
  for (const one of document.querySelectorAll("[data-t-hint]")) one.placeholder = t(one.dataset.tHint);
  for (const one of document.querySelectorAll("[data-t-label]")) one.setAttribute("aria-label", t(one.dataset.tLabel));
  const other = document.getElementById("language");
  other.textContent = t("other_language");
  other.lang = english ? "zh-CN" : "en";
}
