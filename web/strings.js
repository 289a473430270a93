/**
 * Every word the chat and the page show by themselves, for the people who edit or translate them.
 *
 * No hospital phone number stands here: numbers come from page.json. 911 and 988 are the exception,
 * because they must be right when nothing can be loaded.
 */
export const strings = Object.freeze({
  title: "Symptom chat",
  close: "Close",
  menu: "Menu",
  larger: "Larger text",
  smaller: "Smaller text",
  print: "Print",
  save: "Save a copy",
  fileName: "symptom-chat.txt",
  findDoctor: "Find a doctor",
  phoneNumbers: "Phone numbers",

  emergencyStrip: "Emergency phone numbers",
  call911: "Call 911",
  call988: "Call 988",
  text988: "Text 988",
  crisisLink: "Crisis: 988",

  intro: "Tell me what you feel, in your own words. Or ask a question about this page.",
  introLimits: "I am a computer program. I do not replace your doctor or nurse.",
  introSafety:
    "Call 911 or go to the emergency room now if your legs are weak or numb, it is hard to walk, " +
    "you have new trouble with pee or poop, or you feel numb between your legs.",
  privacy: "Do not type your name, birth date or medical record number.",

  conversation: "Conversation",
  messages: "Messages",
  youSaid: "You said:",
  botSaid: "Answer:",
  kindTitle: Object.freeze({
    emergency: "Emergency advice",
    crisis: "Crisis support",
    urgent: "Urgent advice",
    safety: "The chat cannot answer right now",
  }),
  source: "From the hospital's page:",
  choices: "Answers you can choose",
  youCanAnswer: "You can answer:",
  chooseMany: "Choose all that apply. Then press Done.",
  done: "Done",
  chooseOneFirst: "Choose one or more answers first. Or type your own.",

  inputLabel: "Your message",
  send: "Send",
  working: "Working on your answer.",

  startOver: "Start over",
  startOverAsk: "Erase this chat and start over?",
  startOverYes: "Yes, erase it",
  startOverNo: "No, keep it",
  cleared: "The chat is erased.",
  clearedHereOnly:
    "The chat is erased on this screen. The hospital's copy could not be erased now. " +
    "That copy expires by itself.",
  sessionLost: "Your earlier chat has ended. Please say again what you feel, so that nothing is missed.",
  historyMissing: "Your earlier messages could not be loaded. You can still write.",

  safetyText:
    "Call 911 or go to the nearest emergency room now if your legs are weak or numb, it is hard to walk, " +
    "you have new trouble with pee or poop, or you feel numb between your legs. Do the same for any other emergency. " +
    "If you may hurt yourself, call or text 988.",
  noConnection: "No connection. Your words are kept here. They are sent when it is back.",
  noAnswer: "We got no answer to your message. It is kept here and sent again.",
  visitEnded: "Your visit here has ended. Please open the chat again from your portal.",
  tooLong: "Your message is too long. Please make it shorter and send it again.",
  refused: "This message could not be read. Please write it in other words.",
  tooMany: "Too many messages came at once. Please wait a minute, then try again.",
  tryAgain: "Try again",
  notAnswered: "No answer yet",

  pageProblem: "The page text could not be loaded. The numbers at the top still work.",
});
